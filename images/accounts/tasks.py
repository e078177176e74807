from images.accounts.services import removal
from images.core.registries.schedule import task


# in case the worker died over it, or the ring was lost
@task("images.clear_removed", every=600)
def clear_removed() -> None:
    removal.clear_removed()
