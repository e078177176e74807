from django.apps import AppConfig


class ImagesConfig(AppConfig):
    name = "images"
    verbose_name = "Image Console"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from images.services import signin_audit

        signin_audit.listen()
