"""One recipe per shipped weight file: `python3 course.py train NAME` follows it."""

from utils.errors import ConfigError
from utils.training.evaluate import STANDS
from utils.training.loop import Settings
from utils.training.recipes.base import Recipe, Task, begin, follow, ship
from utils.training.recipes.classification import Classify
from utils.training.recipes.flow import EstimateFlow
from utils.training.recipes.restoration import Restore
from utils.training.recipes.segmentation import Segment
from utils.world import WorldConfig

__all__ = ["RECIPES", "Recipe", "Task", "begin", "find_recipe", "follow", "ship"]

_SMALL = WorldConfig(size=(64, 64))
_TURNED = "Shapes World, 64x64, training split, mirrored and with channels exchanged"
_PAINTED = "Shapes World, 64x64, training split, each scene seen once"

RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="swin_nano",
            task=Classify,
            settings=Settings(steps=6000, lr=2e-3),
            world=_SMALL,
            pool=20_480,
            data=_TURNED,
        ),
        Recipe(
            name="maxvit_nano",
            task=Classify,
            settings=Settings(steps=2500, lr=2e-3, mixed=False),
            world=_SMALL,
            pool=20_480,
            data=_TURNED,
        ),
        Recipe(
            name="gmflow_nano",
            task=EstimateFlow,
            settings=Settings(
                steps=14_000, batch_size=8, lr=1.5e-3, warmup=300, weight_decay=1e-4, ema=0.999
            ),
            world=WorldConfig(max_motion=12.0),
            data="Shapes World and moved training photographs, 64x64, the last quarter 96x96",
            tested=1000,
        ),
        Recipe(
            name="restormer_nano",
            task=Restore,
            settings=Settings(steps=17_000, batch_size=8, lr=1e-3, weight_decay=1e-4, ema=0.999),
            world=_SMALL,
            data="pieces of training photographs and Shapes World, 64x64, the last third 128x128 "
            "without scenes; noise, rain and blur",
        ),
        Recipe(
            name="vit_nano_segmenter",
            task=Segment,
            model="vit_nano",
            segmenter=len(STANDS),
            settings=Settings(steps=2500, batch_size=16, mixed=False),
            world=_SMALL,
            data=_PAINTED,
            tested=1000,
        ),
        Recipe(
            name="vit_adapter_nano_segmenter",
            task=Segment,
            model="vit_adapter_nano",
            segmenter=len(STANDS),
            settings=Settings(steps=2500, batch_size=16, mixed=False),
            world=_SMALL,
            data=_PAINTED,
            tested=1000,
        ),
    )
}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises: ConfigError for a name without a recipe.
    """
    if not isinstance(name, str) or name not in RECIPES:
        raise ConfigError(
            f"the name {name!r} came",
            allowed=f"there are recipes for {', '.join(RECIPES)}",
            mend="choose one of them",
        )
    return RECIPES[name]
