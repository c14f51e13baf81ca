"""Letters: what they look like and how they leave. What to send, to whom and when is in the outbox of each database.

``letter`` fills a template and makes the message, ``transport`` hands it to a server, ``delivery`` is the worker's
sweep: claim, send, say how it went. Nothing here runs while a request waits.
"""
