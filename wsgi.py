"""The WSGI entry: `granian --interface wsgi wsgi:app`, or gunicorn `wsgi:app`."""

from citizen.app import create_app

app = create_app()
