"""Tests of the database side of the trunk."""
