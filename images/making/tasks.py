from images.core.registries.schedule import task
from images.making.services.uploads import clearing


@task("images.clear_uploads", every=60)
def clear_uploads() -> None:
    clearing.clear()
