from __future__ import annotations

import os
import subprocess
import sys
import time

from runbooks.hosts import alive, host_name, pid_started


def test_this_process_lives_and_its_start_is_steady() -> None:
    started = pid_started(os.getpid())
    assert started is not None
    assert started == pid_started(os.getpid())
    assert 0 <= time.time() - started < 3600
    assert alive(os.getpid(), started)
    assert host_name()


def test_a_pid_that_was_given_out_again_is_another_process() -> None:
    started = pid_started(os.getpid())
    assert started is not None
    assert not alive(os.getpid(), started - 60)


def test_a_process_that_ended_is_dead_even_while_nobody_took_note() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = pid_started(child.pid)
    assert started is not None
    assert alive(child.pid, started)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not alive(child.pid, started)
    child.communicate()
    assert not alive(child.pid, started)
