"""A real SLURM on this machine, from nothing: munged, slurmctld and a slurmd for each virtual node, with ports and folders of their own.

It needs the programs of Debian's packages munge and slurm-wlm, no systemd, and nothing of a SLURM or munge that may run here already.
Everything that it starts is ended by process id.
"""

import contextlib
import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun")
SBIN = "/usr/sbin:/sbin"
ENDED = ("COMPLETED", "FAILED", "TIMEOUT", "NODE_FAIL", "CANCELLED", "PREEMPTED", "OUT_OF_MEMORY")
PATIENCE = 600  # seconds: what is sure to come has come by then, also on a machine that is busy with other things
ALL_PATIENCE = 1200  # seconds for all waits together, from the start of the tests: ctest's TIMEOUT is longer, so a wait ends with its own message
START = time.monotonic()


def patience():
    """Seconds that a wait which begins now may take."""
    return max(1.0, min(PATIENCE, START + ALL_PATIENCE - time.monotonic()))

# On a busy machine a daemon may wait many seconds for its turn: the default time-outs for messages, batch scripts and credentials would take
# that for a fault. SlurmdTimeout and cred_expire (a job that was put back waits as long) are short all the same, because tests wait for them.
CONFIGURATION = """
ClusterName=augsweep
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={controller_port}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=15
MessageTimeout=60
TCPTimeout=30
BatchStartTimeout=300
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdPidFile={folder}/%n.pid
SlurmdSpoolDir={folder}/%n
SlurmdLogFile={folder}/%n.log
TmpFS={folder}/%n/tmp
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobs.txt
MpiDefault=pmix
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=30
KillWait=5
MinJobAge=3600
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
"""


def missing_programs():
    """Those of PROGRAMS that are not installed."""
    folders = (os.environ["PATH"] + ":" + SBIN).split(":")
    return [name for name in PROGRAMS if not any(os.access(Path(folder) / name, os.X_OK) for folder in folders)]


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Cluster:
    """Virtual nodes with `cores` cores each, as far as SLURM knows; `partitions` says which nodes are in each partition, the first of which
    is the default. Jobs of the partition "urgent" push others aside. A context manager."""

    def __init__(self, folder, partitions, cores=16, environment=None):
        self.folder = Path(folder)
        self.partitions = partitions
        self.nodes = sorted({node for nodes in partitions.values() for node in nodes})
        self.cores = cores
        self.daemons = {}
        self.seen = (-1.0, [])  # when all jobs were last looked at, and what was seen
        self.seen_lock = threading.Lock()
        self.environment = {
            **os.environ,
            "PATH": os.environ["PATH"] + ":" + SBIN,
            "SLURM_CONF": str(self.folder / "slurm.conf"),
            **(environment or {}),
        }

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if "slurmctld" in self.daemons:
            with contextlib.suppress(Exception):
                self.call("scancel", "--user", getpass.getuser(), "--full", timeout=30)
                self.wait_until(lambda: not self.call("squeue", "-h").stdout.strip(), "the queue is empty", timeout=30)
        for daemon in reversed(list(self.daemons.values())):
            daemon.terminate()
        end = time.monotonic() + 30
        for daemon in self.daemons.values():
            try:
                daemon.wait(timeout=max(1.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        for pid in self.processes():  # steps that outlived their daemon
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _start(self):
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        self.folder.chmod(0o755)
        ports = free_ports(1 + len(self.nodes))
        text = CONFIGURATION.format(
            host=socket.gethostname().split(".")[0], user=getpass.getuser(), folder=self.folder, controller_port=ports[0])
        for node, port in zip(self.nodes, ports[1:]):
            text += (f"NodeName={node} NodeHostname={socket.gethostname().split('.')[0]} NodeAddr=127.0.0.1 Port={port} "
                     f"CPUs={self.cores} RealMemory=4096 State=UNKNOWN\n")
        for number, (name, nodes) in enumerate(self.partitions.items()):
            text += f"PartitionName={name} Nodes={','.join(nodes)} Default={'NO' if number else 'YES'} MaxTime=INFINITE State=UP "
            text += "PriorityTier=10 PreemptMode=OFF\n" if name == "urgent" else "PriorityTier=1 PreemptMode=REQUEUE GraceTime=300\n"
        (self.folder / "state").mkdir()
        (self.folder / "slurm.conf").write_text(text)
        # Nothing here uses control groups, but slurmd would not start where none are mounted, as in some containers: this plugin does.
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
        self._spawn("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={self.folder}/munge.socket",
                    f"--pid-file={self.folder}/munged.pid", f"--seed-file={self.folder}/munge.seed",
                    f"--log-file={self.folder}/munged.log")
        self.wait_until((self.folder / "munge.socket").exists, "munged listens")
        self._spawn("slurmctld", "-D", "-c")
        for node in self.nodes:
            self.start_node(node)
        self.wait_until(lambda: self.node_states() == {node: "idle" for node in self.nodes}, "all nodes are idle", self.logs)

    def _spawn(self, name, *words, key=None):
        environment = {**self.environment, "TEST_NODE": key or "none"}  # steps inherit it: so one can see whose they are
        with open(self.folder / f"{key or name}.out", "ab") as out:
            self.daemons[key or name] = subprocess.Popen(
                [name, *words], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, start_new_session=True)

    def start_node(self, node):
        """Switches a node on: nothing is left in its temporary folder."""
        shutil.rmtree(self.folder / node, ignore_errors=True)
        (self.folder / node / "tmp").mkdir(parents=True)
        self._spawn("slurmd", "-D", "-N", node, key=node)

    def kill_node(self, node):
        """What a power cut does: the node's daemon and everything that it has started are gone, without a word to anybody."""
        daemon = self.daemons.pop(node)
        victims = [pid for pid in self.processes() if self._node_of(pid) == node]
        daemon.kill()
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        daemon.wait()

    def processes(self):
        """Ids of all processes that belong to this cluster, known by their environment."""
        mark = f"SLURM_CONF={self.folder}/".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                with contextlib.suppress(OSError):
                    if mark in (entry / "environ").read_bytes():
                        found.append(int(entry.name))
        return found

    def _node_of(self, pid):
        """The virtual node that a process runs on: that of the step daemon above it."""
        while pid > 1:
            try:
                for part in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                    if part.startswith(b"TEST_NODE="):
                        return part.removeprefix(b"TEST_NODE=").decode()
                pid = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                return None
        return None

    def workers(self, job, program):
        """Ids of the ranks of a job other than rank 0, which run `program`."""
        found = []
        for pid in self.processes():
            with contextlib.suppress(OSError):
                variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
                if (f"SLURM_JOB_ID={job}".encode() in variables and Path(f"/proc/{pid}/exe").resolve() == Path(program).resolve()
                        and not {b"PMIX_RANK=0", b"OMPI_COMM_WORLD_RANK=0"} & set(variables)):
                    found.append(pid)
        return found

    # --- commands --------------------------------------------------------------------------------------------------------------

    def call(self, *words, timeout=None, check=True, cwd=None, env=None):
        result = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=timeout or patience(), check=False,
                                cwd=cwd, env={**self.environment, **(env or {})}, stdin=subprocess.DEVNULL)
        if check and result.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, words))}: {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    def submit(self, script, *options, cwd=None):
        return self.call("sbatch", "--parsable", *options, script, cwd=cwd or Path(script).parent).stdout.strip()

    def node_states(self):
        lines = self.call("sinfo", "-h", "-N", "-o", "%N %T", check=False).stdout.split("\n")
        return dict(line.split() for line in lines if line)

    def set_node(self, node, state):
        reason = ["reason=test"] if state in ("drain", "down") else []
        self.call("scontrol", "update", f"nodename={node}", f"state={state}", *reason)

    def job(self, job):
        """What scontrol says of a job: "JobState", "ExitCode", "Restarts", "NodeList", …"""
        words = self.call("scontrol", "--oneliner", "show", "job", job).stdout.split("\n")[0].split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def jobs(self):
        """What scontrol says of all jobs, and of each task of an array."""
        lines = self.call("scontrol", "--oneliner", "show", "job").stdout.split("\n")
        return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines if "JobId=" in line]

    def watched_jobs(self):
        """The same, half a second old at most: for the many that wait for something at the same time."""
        with self.seen_lock:
            if time.monotonic() > self.seen[0] + 0.5:
                self.seen = (time.monotonic(), self.jobs())
            return self.seen[1]

    def watched_job(self, job):
        return next((one for one in self.watched_jobs() if one["JobId"] == str(job)), {"JobState": "UNKNOWN", "Restarts": "0"})

    def wait_for_state(self, job, *states):
        self.wait_until(lambda: self.watched_job(job)["JobState"] in states, f"job {job} is {' or '.join(states)}",
                        lambda: self.job(job)["JobState"])
        return self.job(job)

    def wait_for_end(self, job):
        return self.wait_for_state(job, *ENDED)

    def wait_for_requeue(self, job):
        """Waits until a job has been put back into the queue; stops waiting if it has ended instead."""
        self.wait_until(lambda: self.watched_job(job)["Restarts"] != "0" or self.watched_job(job)["JobState"] in ENDED,
                        f"job {job} is put back into the queue", lambda: self.job(job)["JobState"])
        return self.job(job)

    def logs(self):
        """The last lines that each daemon wrote."""
        files = [*self.folder.glob("*.out"), *self.folder.glob("*.log")]
        return "".join(f"\n--- {file.name}\n" + "\n".join(file.read_text(errors="replace").splitlines()[-15:]) for file in files)

    def wait_until(self, condition, what, state=lambda: "", timeout=None):
        timeout = timeout or patience()
        end = time.monotonic() + timeout
        while not condition():
            dead = [name for name, daemon in self.daemons.items() if daemon.poll() is not None]
            if dead:
                raise RuntimeError(f"{', '.join(dead)} ended: {self.logs()}")
            if time.monotonic() > end:
                raise TimeoutError(f"waited {timeout:.0f} s until {what}; {state()}")
            time.sleep(0.2)
