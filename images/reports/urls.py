from django.urls import path

from images.reports import views

urlpatterns = [
    path("reports/", views.reports, name="reports"),
    path("reports/csv/", views.reports_csv, name="reports_csv"),
    path("reports/mail/", views.report_mail, name="report_mail"),
    path("reports/mail/<id:pk>/end/", views.report_mail_end, name="report_mail_end"),
]
