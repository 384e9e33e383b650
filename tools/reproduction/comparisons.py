"""What is compared: each published figure, where its samples stand, and which of our jobs answer to it.

`files` are those of the authors' arrays (published.csv, further_analysis/DATA of their repository) or of re-runs of their code with the
settings of the publication; several are pooled. `cap` is the trial limit at which both sides are cut off: a run that converged
later counts as not converged. `sets` are --set options of a run of its own. `measure` is what is compared: when the runs converged, or the
percentage of test trials without an error (a variable of the result file).
"""

from dataclasses import dataclass, replace

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
    measure: str = "convergence"   # or test_greedy, test_explore, test_softmax, test_fixation_greedy
    column: str = ""               # of a re-run's table


EPS_SOFT_G = ("learning.policy=eps-greedy", "learning.exploration=soft")
LEAKING = "axes.leak={ values = [0.7, [0.7, 1.0]], labels = [\"leaky\", \"hybrid\"] }"
POLICIES = {  # label in 12ax-policies.toml, folder of the authors' arrays
    "greedy": "greedy",
    "eps-greedy unif": "eps_greedy_unif",
    "eps-greedy soft": "eps_greedy_soft",
    "eps-greedy soft weighted g": "eps_greedy_soft_weighted",
    "eps-greedy soft weighted epsilon": "eps_greedy_soft_weighted_e",
    "softmax": "softmax",
    "softmax weighted g": "softmax_weighted",
}
MEMORIES = ("standard", "leaky", "hybrid")


def _policies() -> list[Comparison]:
    rows = []
    for label, folder in POLICIES.items():
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
        rows.append(Comparison(f"hybrid 12AX, eps-greedy soft, m = {m}", "12ax-m", {"m": str(m)}, 100_000, files,
                               sets=("learning.policy=eps-greedy",)))  # in place of the axis: see below for softmax
    batches = ("", "_2", "_3")
    pooled = tuple(f"beta/softmax_weighted/conv_{m}{batch}.txt" for m in range(2, 21, 2) if m != 10 for batch in batches)
    rows.append(Comparison("hybrid 12AX, softmax, m = 10", "12ax-policies", {"points_label": "softmax weighted g"}, 100_000, pooled,
                           note="their files for m = 2 to 20: in their code m does nothing under softmax, which keeps m = 10"))
    return rows


def _supplements() -> list[Comparison]:
    rows = []
    for memory in ("leaky", "hybrid"):
        rows.append(Comparison(f"{memory} 12AX without reset", "12ax-no-reset", {"leak_label": memory}, 100_000,
                               (f"no_reset_{memory}/conv_tot.txt",), sets=(*EPS_SOFT_G, "network.reset=never", LEAKING), note="policy not stated; ours: eps-greedy soft weighted g"))
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


def _scores() -> list[Comparison]:
    """Test scores of the runs above. Where the authors' exploring score equals their greedy one (batches 1 and 2 of most policies), an older
    test had set epsilon to 0: only the third batch is one."""
    runs = {row.figure: row for row in COMPARISONS if row.origin == PUBLISHED}
    rows = []

    def add(figure: str, measure: str, *files: str, of: str = "", sets: tuple[str, ...] = (), note: str = "") -> None:
        run = runs[of or figure]
        rows.append(replace(run, figure=figure, measure=measure, files=files, sets=sets or run.sets, note=note))

    for label, folder in POLICIES.items():
        figure = f"hybrid 12AX, {label}"
        if label == "eps-greedy soft weighted epsilon":
            add(figure, "test_greedy", f"{folder}/perc_no_expl_tot.txt")
            add(figure, "test_explore", f"{folder}/perc_expl_tot.txt")
            add(figure, "test_softmax", f"{folder}/perc_soft.txt", f"{folder}/perc_soft_2.txt")
        else:
            add(figure, "test_greedy", f"{folder}/perc_tot.txt")
            add(figure, "test_explore", f"{folder}/perc_expl_3.txt")
            add(figure, "test_softmax", f"{folder}/perc_soft_2.txt", f"{folder}/perc_soft_3.txt")
    for label, folder in (("softmax weighted g", "softmax_weighted"), ("greedy", "greedy")):
        for measure, kind in (("test_greedy", "no_expl"), ("test_explore", "expl"), ("test_softmax", "soft")):
            add(f"standard 12AX, {label}", measure, f"{folder}/perc_{kind}_STANDARD.txt")
    for measure, kind in (("test_greedy", "no_expl"), ("test_explore", "expl"), ("test_softmax", "soft")):
        add("hybrid 12AX, softmax weighted g, long", measure, f"softmax_weighted/perc_{kind}_long.txt", f"softmax_weighted/perc_{kind}_long_2.txt")
    add("leaky 12AX, long", "test_greedy", "reset_leaky/perc_no_expl_LONG.txt")
    for m in range(2, 21, 2):
        if m != 10:  # 0 and 10 are copies of the policies' files
            add(f"hybrid 12AX, eps-greedy soft, m = {m}", "test_greedy", f"beta/eps_greedy_soft_weighted_t/perc_no_expl_{m}.txt")
            add(f"hybrid 12AX, eps-greedy soft, m = {m}", "test_explore", f"beta/eps_greedy_soft_weighted_t/perc_expl_{m}.txt")
    for memory in ("leaky", "hybrid"):
        add(f"{memory} 12AX without reset", "test_greedy", f"no_reset_{memory}/perc_tot.txt", note="read-out not stated; ours: greedy")
    add("leaky 12AX in triplets", "test_greedy", "triplets/leaky/perc.txt", note="read-out not stated; ours: greedy")
    add("hybrid 12AX in triplets", "test_greedy", "triplets/hybrid/perc_tot.txt", note="read-out not stated; ours: greedy")
    trained_on = ("training.stop_on_convergence=false", "axes.d=[4]")
    for memory in MEMORIES:
        add(f"{memory} sequence, d = 4", "test_greedy", f"seq_prediction/{memory}/perc_stop.txt")
        add(f"{memory} sequence, d = 4, trained on for 10,000 trials", "test_greedy", f"seq_prediction/{memory}/perc_no_stop.txt",
            of=f"{memory} sequence, d = 4", sets=trained_on)

    reruns = {row.figure: row for row in COMPARISONS if row.origin == RERUN}
    for memory in MEMORIES:
        for d in range(2, 11):
            rows.append(replace(reruns[f"{memory} sequence, d = {d}"], measure="test_greedy", column="perc_test"))
        rows.append(replace(reruns[f"{memory} saccade"], measure="test_greedy", column="perc_go_test"))
        rows.append(replace(reruns[f"{memory} saccade"], measure="test_fixation_greedy", column="perc_fix_test"))
        for task in ("12AX-S", "AX"):
            for measure, column in (("test_greedy", "perc_no_expl"), ("test_explore", "perc_expl"), ("test_softmax", "perc_soft")):
                rows.append(replace(reruns[f"{memory} {task}"], measure=measure, column=column))
    return rows


COMPARISONS = [*_policies(), *_memories(), *_factor_m(), *_supplements(), *_sequences(), *_other_tasks()]
COMPARISONS += _scores()
