"""The web process: its queries run under the statement and lock timeouts of a request."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collections_crm.settings")
os.environ.setdefault("WEB", "1")

from django.core.wsgi import get_wsgi_application

from collections_crm.memory import settle

application = get_wsgi_application()
settle()
