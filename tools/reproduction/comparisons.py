"""What is compared: each published figure, where its samples stand, and which of our jobs answer to it.

`files` are those of the authors' arrays (published.csv, further_analysis/DATA of their repository) or of re-runs of their code with the
settings of the publication; several are pooled. `cap` is the trial limit at which both sides are cut off: a run that converged
later counts as not converged. `sets` are --set options of a run of its own.
"""

from dataclasses import dataclass, field

PUBLISHED = "authors' arrays"
RERUN = "re-run of their code"


@dataclass(frozen=True)
class Comparison:
    figure: str                    # what it is, for people
    sweep: str                     # sweeps/<sweep>.toml
    select: dict[str, str]         # variables of the result file and their values, as text
    cap: int                       # trials
    files: tuple[str, ...]
    origin: str = PUBLISHED
    sets: tuple[str, ...] = ()
    note: str = ""


EPS_SOFT_G = ("learning.policy=eps-greedy", "learning.exploration=soft")
MEMORIES = ("standard", "leaky", "hybrid")


def _policies() -> list[Comparison]:
    folders = {
        "greedy": "greedy",
        "eps-greedy unif": "eps_greedy_unif",
        "eps-greedy soft": "eps_greedy_soft",
        "eps-greedy soft weighted g": "eps_greedy_soft_weighted",
        "eps-greedy soft weighted epsilon": "eps_greedy_soft_weighted_e",
        "softmax": "softmax",
        "softmax weighted g": "softmax_weighted",
    }
    rows = []
    for label, folder in folders.items():
        rows.append(Comparison(f"hybrid 12AX, {label}", "12ax-policies", {"points_label": label}, 100_000, (f"{folder}/conv_tot.txt",)))
    return rows


def _memories() -> list[Comparison]:
    hybrid = ("axes.leak=[[0.7, 1.0]]", "training.max_trials=1_000_000")
    leaky = ("axes.leak=[0.7]", "training.max_trials=1_000_000", *EPS_SOFT_G)
    return [
        Comparison("standard 12AX, softmax weighted g", "12ax-memory", {"leak_label": "standard"}, 100_000,
                   ("softmax_weighted/conv_STANDARD.txt",)),
        Comparison("standard 12AX, greedy", "12ax-memory", {"leak_label": "standard"}, 100_000, ("greedy/conv_STANDARD.txt",),
                   sets=("learning.policy=greedy", "learning.weight_g=false", "axes.leak={ values = [1.0], labels = [\"standard\"] }")),
        Comparison("hybrid 12AX, softmax weighted g, long", "12ax-memory", {}, 1_000_000, ("softmax_weighted/conv_long_tot.txt",), sets=hybrid),
        Comparison("leaky 12AX, long", "12ax-memory", {}, 1_000_000, ("reset_leaky/conv_LONG.txt",), sets=leaky,
                   note="policy not stated; ours: eps-greedy soft weighted g"),
    ]


def _factor_m() -> list[Comparison]:
    rows = []
    for m in range(0, 21, 2):
        files = (f"beta/eps_greedy_soft_weighted_t/conv_{m}.txt",)
        if m not in (0, 10):  # there the second file does not exist, or was never filled
            files += (f"beta/eps_greedy_soft_weighted_t/conv_{m}_2.txt",)
        rows.append(Comparison(f"hybrid 12AX, eps-greedy soft, m = {m}", "12ax-m", {"policy": "eps-greedy", "m": str(m)}, 100_000, files))
    batches = ("", "_2", "_3")
    pooled = tuple(f"beta/softmax_weighted/conv_{m}{batch}.txt" for m in range(2, 21, 2) if m != 10 for batch in batches)
    rows.append(Comparison("hybrid 12AX, softmax, m = 10", "12ax-m", {"policy": "softmax", "m": "10"}, 100_000, pooled,
                           note="their files for m = 2 to 20: in their code m does nothing under softmax, which keeps m = 10"))
    return rows


def _supplements() -> list[Comparison]:
    rows = []
    for memory in ("leaky", "hybrid"):
        rows.append(Comparison(f"{memory} 12AX without reset", "12ax-no-reset", {"leak_label": memory, "reset": "never"}, 100_000,
                               (f"no_reset_{memory}/conv_tot.txt",), sets=EPS_SOFT_G, note="policy not stated; ours: eps-greedy soft weighted g"))
        rows.append(Comparison(f"{memory} 12AX in triplets", "12ax-triplets", {"leak_label": memory}, 1_000_000,
                               (f"triplets/{memory}/conv.txt",), sets=EPS_SOFT_G, note="policy not stated; ours: eps-greedy soft weighted g"))
    return rows


def _sequences() -> list[Comparison]:
    batches = {"standard": ("5", "6"), "leaky": ("", "2"), "hybrid": ("3", "4")}
    rows = []
    for memory in MEMORIES:
        files = tuple(f"seq_prediction/{memory}/distr4_conv{'_' + batch if batch else ''}.txt" for batch in batches[memory])
        rows.append(Comparison(f"{memory} sequence, d = 4", "sequence-distractors", {"leak_label": memory, "d": "4"}, 10_000, files))
    for d in range(11):
        for memory in MEMORIES:
            rows.append(Comparison(f"{memory} sequence, d = {d}", "sequence-distractors", {"leak_label": memory, "d": str(d)}, 10_000,
                                   (f"seq_pred_d{d:02}_{memory}.csv",), RERUN))
    for d in (0, 3, 6, 10):
        rows.append(Comparison(f"hybrid sequence with a response at every cue, d = {d}", "sequence-cpt", {"d": str(d)}, 10_000,
                               (f"seq_pred_cpt_d{d:02}_hybrid.csv",), RERUN))
    return rows


def _other_tasks() -> list[Comparison]:
    uniform = ("learning.policy=eps-greedy", "learning.exploration=unif", "learning.weight_g=false",
               "axes.leak={ values = [1.0], labels = [\"standard\"] }")
    rows = []
    for sweep, name, cap, file in (("txor", "temporal XOR", 10_000, "txor_{}.csv"), ("saccade", "saccade", 25_000, "sas_{}.csv"),
                                   ("12ax-s", "12AX-S", 100_000, "12ax_s_{}_esw.csv"), ("ax", "AX", 10_000, "ax_{}_esw.csv")):
        for memory in MEMORIES:
            rows.append(Comparison(f"{memory} {name}", sweep, {"leak_label": memory}, cap, (file.format(memory),), RERUN))
    rows.append(Comparison("standard 12AX-S, eps-greedy unif", "12ax-s", {}, 20_000, ("12ax_s_standard_unif.csv",), RERUN,
                           sets=(*uniform, "training.max_trials=20_000")))
    rows.append(Comparison("standard AX, eps-greedy unif", "ax", {}, 10_000, ("ax_standard_unif.csv",), RERUN, sets=uniform))
    return rows


COMPARISONS = [*_policies(), *_memories(), *_factor_m(), *_supplements(), *_sequences(), *_other_tasks()]
