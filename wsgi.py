"""The application for any WSGI server: `gunicorn wsgi:app`, `granian --interface wsgi wsgi:app`.

`daf serve` does the same with the right number of workers.
"""

from daf_backend import create_app
from daf_backend.db.embedded import locate
from daf_backend.http.logs import configure_logging
from daf_backend.preflight import check
from daf_backend.settings import get_settings

settings = get_settings()
configure_logging(settings.log_level)
check(settings, locate(settings))
app = create_app(settings)
