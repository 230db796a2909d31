#!/bin/sh
# fpm-ping PORT: succeeds when PHP-FPM answers on this port of this container.
# 9000 asks the pool (fails while every child is busy), 9001 asks the master's own listener.
export SCRIPT_NAME=/fpm-ping SCRIPT_FILENAME=/fpm-ping REQUEST_METHOD=GET
# No process of this script may hold the error output: containerd waits for an exec probe until nobody does, past its time limit.
exec 2>/dev/null
[ "$(cgi-fcgi -bind -connect "127.0.0.1:$1" | tail -n 1)" = pong ]
