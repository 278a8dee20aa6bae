"""The claim view: it reads what is stored, and no more often than it must."""

from utils.explorers import explore
from utils.explorers.claim import compute, widget
from utils.training.claims import list_claims, load_claim


def test_a_view_reads_each_claim_once_however_often_it_is_drawn(monkeypatch):
    read = []

    def counted(name):
        read.append(name)
        return load_claim(name)

    for module in (compute, widget):
        monkeypatch.setattr(module, "load_claim", counted)
    first, last = list_claims()[0], list_claims()[-1]
    view = explore("claim", claim=first)
    for name in (first, last, first, last):
        view.claim = name
        view.refresh()
        assert view.result().names == load_claim(name).facts["arms"]
        view.draw()
    assert read == [first, last]


def test_every_score_in_the_sentence_has_its_unit():
    view = explore("claim", claim="gmflow")
    for name, mean in zip(("“global” reaches", "radius 4"), view.result().means, strict=True):
        assert f"{name} {mean:.2f} px" in view.sentence
