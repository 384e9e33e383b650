"""Every kind of figure, drawn from real files: there, without texts on each other, with n and units, narrow too."""

import os
import re
import subprocess
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from augsweep_analysis import figures, style
from augsweep_analysis.figures import KINDS, NotApplicable, Result, draw
from augsweep_analysis.style import Look

TOOLS = Path(__file__).resolve().parents[2] / "tools"

#: From which file each kind is drawn.
FILES = {
    "learning": "twelve_ax", "loss-cues": "twelve_ax", "bars": "sequence", "survival": "sequence", "distractors": "sequence", "m-sweep": "factor_m",
    "leak-sweep": "leaks", "heat-map": "grid_file", "weights": "twelve_ax", "activity": "twelve_ax", "walkthrough": "trace_file",
}


@pytest.fixture(scope="session")
def leaks(folder):
    from conftest import GRID, run
    text = GRID.replace("leak = [1.0, 0.8, [0.7, 1.0]]", "leak = { from = 1.0, to = 0.4, steps = 4 }").replace("beta = [0.05, 0.15]\n", "").replace("lambda = [0.1, 0.3]\n", "")
    return run(folder, "leaks", text)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def words(figure):
    return " ".join(text.get_text() for text in figure.findobj(plt.Text))


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_text_lies_on_another_and_n_is_said(kind, narrow, request):
    figure = draw(kind, Result(request.getfixturevalue(FILES[kind])), Look(narrow=narrow))
    assert style.overlapping_texts(figure) == []
    assert "n = " in words(figure)
    if narrow:
        assert figure.get_figwidth() <= 5.2
    assert len(figure.findobj(plt.Axes)) >= 2


def test_overlapping_texts_would_be_seen():
    style.set_up()
    figure = plt.figure()
    figure.text(0.5, 0.5, "one")
    figure.text(0.51, 0.5, "other")
    figure.text(0.99, 0.2, "far too far to the right")
    problems = style.overlapping_texts(figure)
    assert problems == ["'far too far to the right' leaves the figure", "'one' on 'other'"]


def test_a_half_done_grid_shows_which_cells_have_not_run(half_done, grid_file, folder):
    from conftest import GRID, run
    one_cell = run(folder, "one_cell", GRID, "--shard", "1/12")
    whole = draw("heat-map", Result(grid_file))
    assert "not yet run" not in words(whole) and "n = 4 runs a cell." in words(whole)
    part = draw("heat-map", Result(one_cell))
    assert "not yet run" in words(part).replace("\n", " ")
    assert any(patch.get_hatch() == "////" for patch in part.findobj(plt.Rectangle))
    assert style.overlapping_texts(part) == []


def test_curves_show_medians_and_converged_runs_without_error(sequence):
    result = Result(sequence)
    group = figures.groups_of(result, Look(by="leak_label"))[0][0]
    trial, values = figures._curves(result, "error", group)
    assert trial[0] == 25 and values.shape == (len(group.counted), 12)
    assert not np.isnan(values).any()
    assert (values[group.counted.converged.values, -1] == 0).all()
    figure = draw("learning", result, Look(by="leak_label"))
    line = figure.axes[0].get_lines()[0]
    np.testing.assert_allclose(line.get_ydata(), 100 * np.median(values, axis=0))


def test_weights_are_those_of_the_file_sorted_by_leak(twelve_ax):
    import augsweep_analysis as aug
    figure = draw("weights", Result(twelve_ax), Look(job=2))
    (image,) = [axes.images[0] for axes in figure.axes if axes.get_ylabel() == "transient unit"]
    np.testing.assert_array_equal(image.get_array(), aug.weights(twelve_ax).V_m.sel(job=2).values)
    assert "1+" in words(figure) and "Z−" in words(figure) and "φ = 0.7" in words(figure)


def test_walkthrough_shows_the_trial_of_the_trace(trace_file):
    import augsweep_analysis as aug
    trace = aug.trace(trace_file)
    last = int(trace.trial.values[-1])
    figure = draw("walkthrough", Result(trace_file), Look(trial=last))
    assert f"trial {last}" in words(figure)
    steps = int((trace.trial == last).sum())
    lines = [line for axes in figure.axes for line in axes.get_lines() if line.get_label() == "chosen"]
    chosen = trace.q.values[trace.trial.values == last][np.arange(steps), trace.response_chosen.values[trace.trial.values == last]]
    np.testing.assert_array_equal(lines[0].get_ydata(), chosen)


def test_what_a_file_cannot_show_is_said(sequence, twelve_ax, trace_file):
    for kind, path, reason in (("m-sweep", sequence, "does not vary m"), ("loss-cues", sequence, "no loss_target"), ("distractors", twelve_ax, "does not vary d"),
                               ("learning", trace_file, "trace of one job"), ("walkthrough", sequence, "needs a trace")):
        with pytest.raises(NotApplicable, match=reason):
            draw(kind, Result(path))


def call(*arguments):
    return subprocess.run([TOOLS / "figures", *map(str, arguments)], capture_output=True, text=True, env=os.environ, check=False)


def test_the_command_draws_all_that_a_file_shows(sequence, tmp_path):
    done = call(sequence, "-o", tmp_path / "figures", "--dpi", 60)
    assert done.returncode == 0, done.stderr
    made = {path.name for path in (tmp_path / "figures").iterdir()}
    assert made == {f"sequence-{kind}.{form}" for kind in ("learning", "bars", "survival", "distractors", "heat-map", "weights") for form in ("png", "pdf")}
    assert "m-sweep: the sweep does not vary m" in done.stderr
    assert (tmp_path / "figures" / "sequence-bars.pdf").read_bytes().startswith(b"%PDF")
    with Image.open(tmp_path / "figures" / "sequence-learning.png") as image:
        assert len(image.convert("RGB").getcolors(1 << 24)) > 50, "curves and bands, not an empty page"


def test_the_command_says_what_is_wrong(sequence, tmp_path):
    assert "does not exist" in call(tmp_path / "none.h5", "-o", tmp_path).stderr
    assert call(tmp_path / "none.h5", "-o", tmp_path).returncode == 1
    done = call(sequence, "-o", tmp_path, "--only", "m-sweep")
    assert done.returncode == 1 and "does not vary m" in done.stderr
    done = call(sequence, "-o", tmp_path, "--only", "bars", "--by", "betta")
    assert done.returncode == 1 and "no column 'betta'" in done.stderr


def test_the_gallery_is_whole_and_small():
    page = (TOOLS.parent / "docs" / "gallery.md").read_text()
    shown = set(re.findall(r"\(gallery/([\w-]+\.png)\)", page))
    assert shown == {path.name for path in (TOOLS.parent / "docs" / "gallery").iterdir()}
    sizes = [(TOOLS.parent / "docs" / "gallery" / name).stat().st_size for name in shown]
    assert len(sizes) == 10 and max(sizes) < 60_000 and sum(sizes) < 600_000
    (best,) = re.findall(r"\(docs/gallery/([\w-]+\.png)\)", (TOOLS.parent / "README.md").read_text())
    assert best in shown
