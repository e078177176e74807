from images.core.registries.schedule import task
from images.sharing.services import member_lists


@task("images.read_members", every=15)
def read_members() -> None:
    member_lists.read_due()
