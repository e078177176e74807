from images.core.registries.schedule import task
from images.tags.services import trends
from images.tags.services.csv import keeping


@task("images.clear_tag_files", every=3600)
def clear_tag_files() -> None:
    keeping.clear_expired()


@task("images.sample_tags", every=900)
def sample_tags() -> None:
    trends.sample()
