from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from core.access import public

urlpatterns = [
    path("sign-in/", public(LoginView.as_view(redirect_authenticated_user=True)), name="sign-in"),
    path("sign-out/", public(LogoutView.as_view()), name="sign-out"),
]
