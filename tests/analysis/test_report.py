"""The report: one file that needs no other, with everything it promises; and, where Chromium is installed, how it lies on a screen."""

import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

import augsweep_analysis as aug
from augsweep_analysis import publication, report
from conftest import run

ROOT = Path(__file__).resolve().parents[2]

POLICIES = (ROOT / "sweeps" / "12ax-policies.toml").read_text()


class Page(HTMLParser):
    """Checks that tags are closed, and collects what the page refers to and says."""

    VOID = {"meta", "img", "source", "br"}

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.text = [], [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)
        self.links += [value for name, value in attributes if name in ("src", "srcset", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data + " " if self.open and self.open[-1] != "style" else ""


@pytest.fixture(scope="module")
def page(sequence, tmp_path_factory):
    output = tmp_path_factory.mktemp("report") / "page.html"
    done = subprocess.run([ROOT / "tools" / "report", sequence, "-o", output], capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    return output


def test_the_page_needs_no_server_and_no_network(page):
    links = Page(page.read_text()).links
    assert sum(link.startswith("data:image/svg+xml;base64,") for link in links) == 12  # six figures, wide and narrow
    assert all(link.startswith(("data:", "#")) for link in links)
    assert "<script" not in page.read_text() and "@import" not in page.read_text() and "url(" not in page.read_text()


def test_the_page_holds_what_it_promises(page, sequence):
    found = Page(page.read_text())
    assert re.findall(r'<section id="(\w+)">', page.read_text()) == ["sweep", "results", "figures", "failures", "time", "provenance"]
    data = aug.load(sequence)
    for promised in (data.attrs["sweep_text"].strip().splitlines()[-1], data.attrs["git_revision"], data.attrs["sweep_sha256"], data.attrs["compiler"],
                     "No job failed, timed out or diverged", "number of distractors d"):
        assert promised in found.text, promised
    digest = subprocess.run([os.environ["AUGSWEEP"], "verify", sequence], capture_output=True, text=True, check=True).stdout
    assert re.search(r"[0-9a-f]{64}", digest).group() in found.text
    for _, cell in aug.summary(sequence).iterrows():
        assert f"{cell['fraction']:.1%}" in found.text
    assert len(re.findall(r"<tr>", page.read_text())) >= 9


def test_failures_are_listed_with_their_reason(folder, grid_file):
    broken = folder / "broken.h5"
    shutil.copy(grid_file, broken)
    with h5py.File(broken, "r+") as file:
        file["status"][5], file["divergence_trial"][5] = 3, 123
        file["status"][7], file["message"][7] = 4, "the disk <caught> fire"
    found = Page(report.page(broken)).text
    assert "2 jobs: 1 diverged, 1 failed." in found or "2 jobs: 1 failed, 1 diverged." in found
    assert "in trial 123" in found and "the disk <caught> fire" in found
    assert "does not pass" in found, "the checksums do not fit any more, and the page says so"


def test_a_sweep_in_which_nothing_has_ended_has_a_page(folder, grid_file):
    empty = folder / "empty.h5"
    shutil.copy(grid_file, empty)
    with h5py.File(empty, "r+") as file:
        file["status"][:] = 0
    text = Page(report.page(empty)).text
    assert "0 of 48" in text and "No job has ended yet" in text


def test_a_published_experiment_stands_beside_the_publication(folder):
    path = run(folder, "12ax-policies", POLICIES, "--set", "axes.seed={ first = 0, count = 1 }", "--set", "training.max_trials=300")
    assert publication.beside(aug.load(path)) == [], "run with another limit than the published one"
    data = aug.load(path)
    data["max_trials"][:] = 100_000
    data.attrs["sweep_overrides"] = "axes.seed={ first = 0, count = 1 }"
    rows = publication.beside(data)
    assert [row.figure for row in rows][:2] == ["hybrid 12AX, greedy", "hybrid 12AX, eps-greedy unif"]
    assert (rows[0].n, rows[0].converged, rows[0].cap) == ((60, 1), (57, 0), 100_000)
    from scipy.stats import fisher_exact
    assert rows[0].p_fraction == pytest.approx(fisher_exact([[57, 3], [0, 1]])[1])


def test_test_scores_stand_beside_the_published_ones(folder):
    """Twenty scores of our own beside the authors' 40 of 34.0 ± 3.5: mean, spread, median, and Welch's test from these figures."""
    path = run(folder, "12ax-policies", POLICIES, "--set", "axes.seed={ first = 0, count = 20 }",
               "--set", "training.max_trials=20", "--overwrite")
    data = aug.load(path)
    data["max_trials"][:] = 100_000
    data.attrs["sweep_overrides"] = "axes.seed={ first = 0, count = 20 }"
    mine = data["points_label"].values == "softmax weighted g"
    scores = np.linspace(20, 30, 20)
    data["test_softmax"][mine] = scores
    row, = (row for row in publication.beside(data) if row.figure == "hybrid 12AX, softmax weighted g" and row.measure == "test_softmax")
    assert (row.n, row.converged, row.mean[0], row.sd[0]) == ((40, 20), (40, 20), 34.0, 3.5)
    assert (row.mean[1], row.median[1], row.sd[1]) == pytest.approx((25, 25, np.std(scores, ddof=1)))
    from scipy.stats import ttest_ind_from_stats
    assert row.p == pytest.approx(ttest_ind_from_stats(34.0, 3.5, 40, 25, np.std(scores, ddof=1), 20, equal_var=False).pvalue, rel=1e-6, abs=0) and row.p < 1e-6
    changed = folder / "scores.h5"
    shutil.copy(path, changed)
    with h5py.File(changed, "r+") as file:
        file["max_trials"][:] = 100_000
        file.attrs["sweep_overrides"] = "axes.seed={ first = 0, count = 20 }"
    found = Page(report.page(changed)).text
    assert "Test scores after training" in found and "34.0 ± 3.5" in found and "Convergence" in found


def test_mistakes_are_said(tmp_path, trace_file):
    done = subprocess.run([ROOT / "tools" / "report", tmp_path / "none.h5"], capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 1 and "does not exist" in done.stderr
    with pytest.raises(aug.ResultError, match="trace of one job"):
        report.page(trace_file)


@pytest.mark.parametrize("width", [1200, 390], ids=["desktop", "phone"])
def test_the_page_fits_the_screen_in_chromium(page, tmp_path, width):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("no Chromium here (tools/packages.sh, packages_analysis, names the packages)")
    # In a frame, since a window has a least width; the page tells its frame how wide its content is.
    script = ("<script>onload = () => parent.postMessage([document.documentElement.scrollWidth, innerWidth, "
              "[...document.images].every(i => i.complete && i.naturalWidth > 0)].join(' '), '*')</script></body>")
    (tmp_path / "page.html").write_text(page.read_text().replace("</body>", script))
    (tmp_path / "frame.html").write_text(f'<iframe src="page.html" style="width:{width}px;height:3000px;border:0"></iframe><script>onmessage = e => document.title = e.data</script>')
    common = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},3000",
              "--virtual-time-budget=20000"]
    env = {**os.environ, "HOME": str(tmp_path)}
    dom = subprocess.run([*common, "--dump-dom", f"file://{tmp_path / 'frame.html'}"], capture_output=True, text=True, timeout=240, env=env, check=False).stdout
    content, window, complete = re.search(r"<title>(\d+) (\d+) (\w+)</title>", dom).groups()
    assert int(content) <= int(window) == width, "nothing sticks out to the side"
    assert complete == "true"
    subprocess.run([*common, f"--screenshot={tmp_path / 'page.png'}", f"file://{page}"], capture_output=True, timeout=120, env=env, check=False)
    with Image.open(tmp_path / "page.png") as image:
        assert image.width == width
        assert len(image.convert("RGB").getcolors(1 << 24)) > 200, "figures are there"
