# Runs a command under a pseudo-terminal: pseudo_terminal.py COMMAND... ; types what it reads from stdin as `WAIT-FOR<TAB>KEYS` lines.
import os, pty, select, sys, time

pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])

seen = b""
position = 0
deadline = time.time() + float(os.environ.get("PTY_SECONDS", "180"))


def read():
    """Takes what the terminal shows; False at its end."""
    global seen
    ready, _, _ = select.select([master], [], [], 0.1)
    if not ready:
        return True
    try:
        data = os.read(master, 65536)
    except OSError:
        return False
    seen += data
    return bool(data)


alive = True
for line in sys.stdin:
    wanted, keys = line.rstrip("\n").split("\t")
    wanted = wanted.encode()
    while alive and seen.find(wanted, position) < 0 and time.time() < deadline:
        alive = read()
    position = max(seen.find(wanted, position), position)
    if alive:
        os.write(master, keys.encode().decode("unicode_escape").encode("latin-1"))
while alive and time.time() < deadline:
    alive = read()
if alive:
    os.kill(pid, 9)
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(seen)
sys.stdout.flush()
sys.exit(99 if alive else os.waitstatus_to_exitcode(status) % 256)
