from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from graph.intents import declared_examples
from graph.understanding.classifier import model_path
from graph.understanding.train import main, masked, rows
from tests.graph.world import ROOT


def test_slots_become_masks() -> None:
    assert masked("roll back {service} in {env} to {version}") == "roll back zservice in zenv to zversion"
    assert masked("roll back {service}", unknown=True) == "roll back zname"


def test_every_declared_slot_is_known() -> None:
    left = [one for some in declared_examples().values() for one in some if "{" in masked(one)]
    assert left == []


def test_an_example_is_also_shown_politely_misspelt_and_with_a_strange_name() -> None:
    texts, labels, origin = rows({"x": ("restart {service} quickly",)})
    assert texts[0] == "restart zservice quickly"
    assert len(texts) == len(set(texts)) == 4
    assert texts[3] == "restart zname quickly"
    assert set(labels) == {"x"}
    assert set(origin) == {1}


def test_wrong_use_exits_with_2() -> None:
    assert main([]) == 2


def test_a_model_that_is_there_is_not_trained_again(tmp_path: Path) -> None:
    path = model_path(tmp_path, declared_examples())
    path.write_bytes(b"there")
    assert main(["--into", str(tmp_path)]) == 0
    assert path.read_bytes() == b"there"


def test_the_application_never_imports_scikit_learn() -> None:
    code = "import sys, graph.build; print([one for one in sys.modules if one.split('.')[0] in ('sklearn', 'scipy')])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
