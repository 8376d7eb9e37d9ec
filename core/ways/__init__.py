"""The ways of asking a teacher, by name; each is a prompt or several, and what replies mean."""

from core.ways.augment import Augment
from core.ways.base import Made, Material, Parent, Passage, Read, Step, Way
from core.ways.contrast import Contrast
from core.ways.dialogue import Dialogue
from core.ways.documents import Documents
from core.ways.evolve import Evolve
from core.ways.examples import Examples
from core.ways.mend import Mend
from core.ways.self_instruct import SelfInstruct
from core.ways.wording import Wording

__all__ = ["WAYS", "Made", "Material", "Parent", "Passage", "Read", "Step", "Way", "Wording"]

_ALL: tuple[Way, ...] = (
    Examples("seeds", "seeds"),
    Examples("meta", None, varied=True),
    SelfInstruct(),
    Documents(),
    Evolve(),
    Augment(),
    Dialogue(),
    Contrast(),
    Mend(),
)
WAYS: dict[str, Way] = {way.name: way for way in _ALL}
