from images.core.registries.schedule import task
from images.quotas.services import samples


@task("images.sample_quotas", every=15)
def sample_quotas() -> None:
    samples.sample_due()


@task("images.thin_quota_samples", every=3600)
def thin_quota_samples() -> None:
    samples.thin()
