from django.urls import path

from portal import views

app_name = "portal"
urlpatterns = [path("opt-out/<str:token>/", views.opt_out, name="opt-out")]
