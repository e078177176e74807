"""What every gunicorn of the console does; it reads this file from the folder that it is started in."""

import os

from console.alive import ready

#: Its access log, where it is switched on, has no links with which somebody chooses a password.
logger_class = "console.access_log.AccessLog"
#: As every process of ours (console/private.py); gunicorn makes its own files before it loads the console.
umask = 0o077
#: All web processes of an account would share one, and nobody asks there.
control_socket_disable = True

# Gunicorn itself would say that it is ready before it can answer, and the next web process would be restarted then.
_systemd = os.environ.pop("NOTIFY_SOCKET", "")


def post_worker_init(worker: object) -> None:
    from console.leaving import leave_by_closing_the_door

    leave_by_closing_the_door(worker)
    ready(_systemd)
