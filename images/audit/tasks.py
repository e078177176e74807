from images.audit.services import sealing
from images.core.registries.schedule import task


# in case a process died between its commit and the seal
@task("images.seal_audit", every=30)
def seal_audit() -> None:
    sealing.seal()
