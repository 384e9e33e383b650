#!/usr/bin/env python3
"""Makes the traces in this folder: the model and the tasks once more, in NumPy, with sizes and parameters that no recorded trace has.

    /usr/bin/python3 tests/golden/variants/make_variants.py

The format is that of the recorded traces (../README.md), so that `replay_golden` takes them as well. The code here shares nothing with
src/: it is written from the equations of docs/model.md and the rules of the tasks, one line an equation, and slow.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np

RULES = {"RL": (1, 0), "PL": (0, -1), "SRL": (1, -1), "BRL": (0.1, -1)}
FEEDBACK = {"plastic": "std", "symmetric": "BP", "fixed-random": "RBP"}
RESET = 1e-6


def sigmoid(a):
    return 1 / (1 + np.exp(-np.maximum(a, -100)))


def softmax(q, g):
    p = np.exp(np.clip(g * q, -500, 500))
    return p / p.sum()


class Network:
    """The six weight matrices, traces X, tags, memory h and the stimulus before."""

    def __init__(self, config, rng):
        S, R, M, A = (config[size] for size in "SRMA")
        self.config = config
        shapes = {"V_r": (S, R), "W_r": (R, A), "V_m": (2 * S, M), "W_m": (M, A), "W_r_back": (A, R), "W_m_back": (A, M)}
        self.w = {name: rng.random(shape) - 0.5 for name, shape in shapes.items()}
        if config["variant"] == "identity":
            self.w["V_r"][:] = self.w["V_m"][:] = 1
        if config["feedback"] == "symmetric":
            self.follow()
        leak = np.atleast_1d(np.array(config["leak"], float))
        assert M % len(leak) == 0
        self.leak = np.repeat(leak, M // len(leak))
        self.s_old = np.zeros(S)
        self.reset()

    def follow(self):
        self.w["W_r_back"] = self.w["W_r"].T.copy()
        self.w["W_m_back"] = self.w["W_m"].T.copy()

    def reset(self):
        S, R, M, A = (self.config[size] for size in "SRMA")
        self.h = np.full(M, RESET)
        self.X = np.full((2 * S, M), RESET)
        self.T = {"v_r": np.full((S, R), RESET), "w_r": np.full((R, A), RESET),
                  "v_m": np.full((2 * S, M), RESET), "w_m": np.full((M, A), RESET)}

    def forward(self, s, repeat):
        if repeat:
            self.x = np.zeros(2 * len(s))
        else:
            self.x = np.concatenate([s > self.s_old, s < self.s_old]).astype(float)
            self.s_old = s
        self.s = s
        self.y_r = sigmoid(s @ self.w["V_r"])
        self.h = self.leak * self.h + self.x @ self.w["V_m"]
        self.y_m = sigmoid(self.h)
        self.Q = self.y_r @ self.w["W_r"] + self.y_m @ self.w["W_m"]

    def learn(self, rpe):
        step = self.config["beta"] * rpe
        for name in ("w_r", "w_m") + (("v_r", "v_m") if self.config["learn_V"] else ()):
            self.w[name.upper()[0] + name[1:]] += step * self.T[name]
        if self.config["feedback"] == "plastic":
            self.w["W_r_back"] += step * self.T["w_r"].T
            self.w["W_m_back"] += step * self.T["w_m"].T
        elif self.config["feedback"] == "symmetric":
            self.follow()

    def tag(self, k):
        self.X = self.X * self.leak + self.x[:, None]
        new = {"w_r": np.zeros_like(self.T["w_r"]), "w_m": np.zeros_like(self.T["w_m"]),
               "v_r": np.outer(self.s, self.y_r * (1 - self.y_r) * self.w["W_r_back"][k]),
               "v_m": self.X * (self.y_m * (1 - self.y_m) * self.w["W_m_back"][k])}
        new["w_r"][:, k] = self.y_r
        new["w_m"][:, k] = self.y_m
        for name in self.T:
            self.T[name] = (1 - self.config["alpha"]) * self.T[name] + new[name]

    def state(self):
        return {**{name: w.tolist() for name, w in self.w.items()}, **{f"Tag_{name}": tag.tolist() for name, tag in self.T.items()},
                "sTRACE": self.X.tolist(), "cumulative_memory": self.h.tolist()}


class Recorder:
    """Plays trials of a task with a network and a policy, and writes down what happens."""

    def __init__(self, config, trials, seed, bare=False):
        self.rng = np.random.default_rng(seed)
        self.config, self.trials, self.bare = config, trials, bare
        self.network = Network(config, self.rng)
        self.initial = {name: w.tolist() for name, w in self.network.w.items()}
        self.events, self.run, self.trial = [], 0, 0

    def emit(self, kind, **fields):
        self.events.append({"ev": kind, **fields})

    def choose(self, q):
        """The response, and the probabilities it was drawn from."""
        policy = self.config["policy"]
        g = 1.0
        if policy["t_weighted"]:
            g = policy.get("gain", 1) * (1 + policy.get("m", 10) / np.pi * np.arctan(self.trial / 2000))
        else:
            g = policy.get("gain", 1)
        eps = self.config["eps"] * (1 - 2 / np.pi * np.arctan(self.trial / 2000) if policy["e_weighted"] else 1)
        name = policy["policy"]
        if name == "greedy" or (name == "eps_greedy" and self.rng.random() <= 1 - eps):
            return int(np.argmax(q)), None
        if name == "eps_greedy" and policy["stoc"] == "unif":
            return int(self.rng.integers(len(q))), None
        p = softmax(q, g)
        return int(self.rng.choice(len(q), p=p)), p

    def show(self, s, repeat=False, phase=None):
        """A step up to its tags, with the learning from the reward before; returns the response."""
        net = self.network
        net.forward(np.array(s, float), repeat)
        k, p = self.choose(net.Q)
        fields = {"s": list(s), "s_trans": net.x.tolist(), "y_r": net.y_r.tolist(), "y_m": net.y_m.tolist(), "Q": net.Q.tolist(), "action": k}
        if not self.bare:
            fields["it"] = self.trial
            if p is not None:
                fields["p"] = p.tolist()
        if phase:
            fields["phase"] = phase
        if repeat:
            fields["try"] = True
        self.emit("step", **fields)
        q = float(net.Q[k])
        if self.reward_before is not None and self.learns:
            self.learn(self.reward_before + self.config["discount"] * q - self.q_before, False)
        net.tag(k)
        self.emit("tags")
        self.q_before = q
        return k

    def learn(self, rpe, terminal):
        self.emit("learn", rpe=rpe, terminal=terminal)
        self.network.learn(rpe)

    def begin(self, clears):
        if self.config["variant"] != "no_reset":
            self.network.reset()
            self.emit("reset")
            if clears:
                self.network.s_old = np.zeros(self.config["S"])
        self.reward_before, self.learns = None, True

    def answered(self, r, target):
        self.emit("reward", r=r, target=target)
        self.reward_before = r

    def end(self, correct, **more):
        if not self.bare:
            more = {"run_correct": self.run, **more} if self.config["task"] != "saccade" else more
        self.emit("trial_end", trial=self.trial, correct=bool(correct), **more)
        if not self.bare and self.trial in (0, 3, self.trials // 2):
            self.emit("snapshot", trial=self.trial, **self.network.state())
        self.trial += 1

    # --- tasks: every cue answered (12AX family, CPT), or the last one (sequence, temporal XOR)

    def cue_trial(self, cues, targets, every_step, rewards, clears, responses_run):
        self.begin(clears)
        self.learns = every_step
        correct = True
        for i, (cue, target) in enumerate(zip(cues, targets, strict=True)):
            last = i == len(cues) - 1
            s = np.zeros(self.config["S"])
            if cue is not None:
                s[cue] = 1
            k = self.show(s.tolist())
            if every_step or last:
                right = k == target
                r = rewards(right, last)
                correct = correct and right
                if responses_run:
                    self.run = self.run + 1 if right else 0
                self.answered(r, target)
            else:
                self.answered(0, None)
        self.learn(self.reward_before - self.q_before, True)
        if not responses_run:
            self.run = self.run + 1 if correct else 0
        self.end(correct)

    def play(self):
        config, rng = self.config, self.rng
        task = config["task"]
        right_wrong = lambda right, last: config["rew_pos"] if right else config["rew_neg"]
        for _ in range(self.trials):
            if task.startswith("12AX"):
                # cues 1 2 A B C X Y Z
                def pair():
                    u = rng.random()
                    if u < config["p_target"] / 2:
                        return 2, 5
                    if u < config["p_target"]:
                        return 3, 6
                    others = [(a, x) for a in (2, 3, 4) for x in (5, 6, 7) if (a, x) not in ((2, 5), (3, 6))]
                    return others[rng.integers(7)]
                digit = int(rng.integers(2))
                loops = 1 if task == "12AX_S" else rng.integers(1, 4) if task == "12AX_triplets" else rng.integers(1, 5)
                cues, targets = [], []
                for loop in range(loops):
                    if loop == 0 or task == "12AX_triplets":
                        cues.append(digit)
                        targets.append(0)
                    a, x = pair()
                    cues += [a, x]
                    targets += [0, int((digit, a, x) in ((0, 2, 5), (1, 3, 6)))]
                self.cue_trial(cues, targets, True, right_wrong, False, True)
            elif task == "AX":
                others = [(0, 3), (1, 2), (1, 3)]
                a, x = (0, 2) if rng.random() < config["p_target"] else others[rng.integers(3)]
                self.cue_trial([a, x], [0, int((a, x) == (0, 2))], True, right_wrong, False, True)
            elif task == "seq_pred":
                d, first = config["d"], int(rng.integers(2))
                cues = [first * (d + 1), *range(1, d + 1)]
                self.cue_trial(cues, [None] * d + [first], False, right_wrong, True, False)
            elif task == "seq_pred_CPT":
                d, first = config["d"], int(rng.integers(2))
                cues = [first * (d + 1), *range(1, d + 1)]
                reward = lambda right, last: (config["rew_pos_final"] if last else config["rew_pos_step"]) if right else config["rew_neg"]
                self.cue_trial(cues, [*range(d), d + first], True, reward, True, True)
            elif task == "tXOR":
                one, two = int(rng.integers(2)), int(rng.integers(2))
                self.cue_trial([one, 2 + two, None], [None, None, int(one == two)], False, right_wrong, True, False)
            else:
                self.saccade()
        return {"format": 1, "config": self.config, "initial_weights": self.initial, "events": self.events, "final": self.network.state()}

    def saccade(self):
        """Screens: pro mark, anti mark, left, right. Responses: left 0, ahead 1, right 2."""
        config = self.config
        kind = ["PL", "PR", "AL", "AR"][self.rng.integers(4)]
        mark = [1, 0, 0, 0] if kind[0] == "P" else [0, 1, 0, 0]
        cue = [*mark[:2], int(kind[1] == "L"), int(kind[1] == "R")]
        side = 0 if kind in ("PL", "AR") else 2
        blank = [0, 0, 0, 0]
        right, wrong, shape = config["rew_pos"], config["rew_neg"], config["shape_factor"]
        e_fix = e_go = aborted = False
        self.begin(False)
        self.show(blank, phase="start")
        self.answered(None, None)
        # Fixation: two in a row, among ten attempts; r stays what it was where nothing is said of it.
        r, held = None, 0
        for attempt in range(1, 11):
            ahead = self.show(mark, repeat=attempt > 2, phase="fix") == 1
            held = held + 1 if ahead else 0
            if not ahead:
                r = wrong
            elif held == 2:
                r = shape * right
            elif attempt > 2:
                r = 0
            self.answered(r, 1)
            if attempt == 10:
                e_fix = e_go = True
                aborted = shape != 0
            if held == 2 or aborted:
                break
        if not aborted:
            for phase, screen in (("cue", cue), ("delay", mark), ("delay", mark)):
                self.show(screen, phase=phase)
                self.answered(0, None)
            for attempt in range(1, 9):
                k = self.show(blank, repeat=attempt > 1, phase="go")
                r = config["rew_pos_go"] if k == side else wrong
                self.answered(r, side)
                if k != 1:
                    e_go = e_go or k != side
                    self.learn(r - self.q_before, True)
                    break
            else:
                e_go = True
        self.end(not e_go, e_fix=e_fix, e_go=e_go, trial_type=kind)


def variant(seed_offset, name, task, S, R, M, A, *, leak, rule, policy, feedback="plastic", variant="standard", beta=0.15, gamma=0.9, lam=0.15,
            eps=0.1, trials=40, bare=False, **more):
    config = {"case": name, "task": task, "variant": variant, "S": S, "R": R, "M": M, "A": A, "alpha": 1 - lam * gamma, "beta": beta,
              "discount": gamma, "lambda": lam, "eps": eps, "leak": leak, "reward_rule": rule, "rew_pos": RULES[rule][0], "rew_neg": RULES[rule][1],
              "prop": FEEDBACK[feedback], "feedback": feedback, "learn_V": variant not in ("identity", "fixed_random"),
              "policy": {"stoc": None, "t_weighted": False, "e_weighted": False, **policy}, "n_trials": trials, "pretrained_trials": 0, **more}
    if bare:  # what a replay can do without
        for field in ("prop", "reward_rule", "lambda", "n_trials", "pretrained_trials"):
            del config[field]
    return Recorder(config, trials, [zlib.crc32(name.encode()), seed_offset], bare).play()


SOFT = {"policy": "eps_greedy", "stoc": "soft"}
UNIF = {"policy": "eps_greedy", "stoc": "unif"}
VARIANTS = [
    lambda seed: variant(seed, "12ax_three_leaks", "12AX", 8, 7, 12, 2, leak=[1.0, 0.85, 0.3], rule="SRL", policy={"policy": "softmax", "t_weighted": True},
                    beta=0.07, gamma=0.8, lam=0.4, p_target=0.8),
    lambda seed: variant(seed, "12ax_m4", "12AX", 8, 5, 6, 2, leak=[0.2, 0.9], rule="BRL", policy={**SOFT, "t_weighted": True, "m": 4}, eps=0.5, p_target=0.5),
    lambda seed: variant(seed, "triplets_no_reset", "12AX_triplets", 8, 3, 8, 2, leak=[0.9, 0.5, 0.7, 0.2], rule="PL", policy=UNIF, feedback="fixed-random",
                    variant="no_reset", beta=0.03, p_target=0.4),
    lambda seed: variant(seed, "12ax_s_identity", "12AX_S", 8, 8, 16, 2, leak=0, rule="RL", policy={**SOFT, "gain": 2}, variant="identity", beta=0.01,
                    eps=0.6, p_target=1.0),
    lambda seed: variant(seed, "ax_symmetric_bare", "AX", 4, 1, 2, 2, leak=1, rule="RL", policy={"policy": "softmax"}, feedback="symmetric", bare=True,
                    p_target=0.7),
    lambda seed: variant(seed, "ax_fixed_random_symmetric", "AX", 4, 4, 8, 2, leak=[0.7, 1.0], rule="SRL", policy={"policy": "greedy"}, feedback="symmetric",
                    variant="fixed_random", p_target=0.5),
    lambda seed: variant(seed, "seq_pred_d0", "seq_pred", 2, 3, 4, 2, leak=1, rule="BRL", policy=SOFT, d=0),
    lambda seed: variant(seed, "seq_pred_d1", "seq_pred", 3, 2, 3, 2, leak=[1.0, 0.5, 0.0], rule="RL", policy={"policy": "softmax"}, d=1),
    lambda seed: variant(seed, "seq_pred_d9_greedy", "seq_pred", 11, 4, 9, 2, leak=[1.0, 0.9, 0.8], rule="PL", policy={"policy": "greedy"}, lam=0.9, d=9,
                    trials=30),
    lambda seed: variant(seed, "seq_pred_cpt_d0", "seq_pred_CPT", 2, 3, 4, 2, leak=0.5, rule="SRL", policy=UNIF, lam=0.0, d=0, rew_pos_step=0.75,
                    rew_pos_final=1.5),
    lambda seed: variant(seed, "seq_pred_cpt_d6", "seq_pred_CPT", 8, 5, 6, 8, leak=[1.0, 0.7, 0.4], rule="PL", policy=SOFT, feedback="fixed-random", gamma=0.5,
                    lam=0.6, d=6, rew_pos_step=0.5, rew_pos_final=2.0, trials=30),
    lambda seed: variant(seed, "txor_fixed_random", "tXOR", 4, 4, 8, 2, leak=0.9, rule="PL", policy={"policy": "softmax"}, variant="fixed_random"),
    lambda seed: variant(seed, "txor_no_reset", "tXOR", 4, 2, 3, 2, leak=[0.9, 0.6, 0.3], rule="BRL", policy=UNIF, variant="no_reset", beta=0.05),
    lambda seed: variant(seed, "saccade_srl", "saccade", 4, 5, 6, 3, leak=[1.0, 0.8, 0.5], rule="SRL", policy=SOFT, eps=0.7, shape_factor=0.5, rew_pos_go=1.5),
    lambda seed: variant(seed, "saccade_brl_symmetric", "saccade", 4, 3, 4, 3, leak=0.7, rule="BRL", policy={"policy": "softmax"}, feedback="symmetric",
                    shape_factor=0.2, rew_pos_go=0.15000000000000002),
    lambda seed: variant(seed, "saccade_pl_no_shaping", "saccade", 4, 2, 2, 3, leak=[0.6, 0.9], rule="PL", policy=UNIF, feedback="fixed-random", eps=0.6,
                    beta=0.05, shape_factor=0.0, rew_pos_go=0.0),
    lambda seed: variant(seed, "saccade_identity", "saccade", 4, 4, 8, 3, leak=[0.7, 1.0], rule="RL", policy={**SOFT, "gain": 1}, variant="identity", beta=0.02,
                    eps=0.5, shape_factor=0.2, rew_pos_go=1.5),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent, help="where the traces go")
    parser.add_argument("--seed-offset", type=int, default=0, help="other random numbers: other weights, trials and responses")
    parser.add_argument("--replay", metavar="PROGRAM", help="write to a temporary folder, and replay the traces with this replay_golden")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) if arguments.replay else arguments.folder
        paths = []
        for make in VARIANTS:
            trace = make(arguments.seed_offset)
            path = folder / f"{trace['config']['case']}.json.gz"
            path.write_bytes(gzip.compress(json.dumps(trace, separators=(",", ":")).encode(), 1 if arguments.replay else 9, mtime=0))
            print(f"{path.name}: {len(trace['events'])} events, {path.stat().st_size // 1024} KB")
            paths.append(str(path))
        if arguments.replay:
            sys.exit(subprocess.run([arguments.replay, *paths], check=False).returncode)


if __name__ == "__main__":
    main()
