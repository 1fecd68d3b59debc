"""From a checkpoint's tensors to our modules: which name is whose, and that none is missing or left over."""

import re

from export.checkpoint import read_config, read_tensors
from export.problem import ExportProblem
from export.projectors import MlpProjector, Resampler
from export.vision_tower import HEAD_CHANNELS, TowerSizes, VisionTower

# transformers' CLIPModel and CLIPVisionModel, LLaVA's own layout, and llava-hf's old and new ones.
TOWER = re.compile(r"(?:model\.)?(?:(?:vision_tower\.){1,2}(?:vision_model\.)?|vision_model\.)(.+)")
PROJECTOR = re.compile(r"(?:model\.)?(?:mm_projector|multi_modal_projector)\.(.+)")
# llava-hf's names of the two linear layers.
LINEAR = {"linear_1": "0", "linear_2": "2"}
# What a whole tower has behind the features: a norm. And a table of numbers that old checkpoints carry.
BEHIND = ("post_layernorm.", "embeddings.position_ids")


def tower_name(name):
    match = TOWER.fullmatch(name)
    return None if match is None or match[1].startswith(BEHIND) else f"tower.{match[1]}"


def projector_name(name):
    match = PROJECTOR.fullmatch(name)
    if match is None:
        return None
    first, dot, rest = match[1].partition(".")
    return f"projector.{LINEAR.get(first, first)}{dot}{rest}"


def load_modules(checkpoint, vision, family):
    """Tower and projector with a checkpoint's weights. `vision`: folder of the tower where the checkpoint has none."""
    config = read_config(checkpoint)
    check_config(config, family, checkpoint)
    tensors = read_tensors(checkpoint, lambda name: tower_name(name) or projector_name(name))
    projector = part_of(tensors, "projector")
    tower = part_of(tensors, "tower")
    if not projector:
        raise ExportProblem(f"{checkpoint} has no projector: no tensor is called mm_projector… or multi_modal….")
    if tower and vision is not None:
        raise ExportProblem(f"{checkpoint} has a vision tower of its own, which belongs to it. Leave --vision out.")
    if not tower:
        tower = tower_beside(checkpoint, vision, family)
    where = checkpoint if vision is None else vision
    check_vision(read_config(where), where)
    fitted = fitted_tower(tower, where)
    return fitted, fitted_projector(projector, family, fitted.sizes, checkpoint)


def tower_beside(checkpoint, vision, family):
    if vision is None:
        tuned = " M3 fine-tuned its tower, so that stock CLIP is the wrong one." if family == "m3" else ""
        raise ExportProblem(f"{checkpoint} has no vision tower. Name the folder that has it with --vision.{tuned}")
    tower = part_of(read_tensors(vision, tower_name), "tower")
    if not tower:
        raise ExportProblem(f"{vision} has no vision tower: no tensor is called vision_model….")
    return tower


def part_of(tensors, part):
    return {name[len(part) + 1 :]: tensor for name, tensor in tensors.items() if name.startswith(f"{part}.")}


def fitted_tower(state, where):
    sizes = tower_sizes(state, where)
    behind = f"encoder.layers.{sizes.layers}."
    kept = {name: tensor for name, tensor in state.items() if not name.startswith(behind)}
    return filled(VisionTower(sizes), kept, f"the vision tower of {where}")


def tower_sizes(state, where):
    """Sizes from shapes. Of the layers the last one is not run."""
    patches = wanted(state, "embeddings.patch_embedding.weight", 4, where)
    places = wanted(state, "embeddings.position_embedding.weight", 2, where)
    inner = wanted(state, "encoder.layers.0.mlp.fc1.weight", 2, where)
    grid = round((places.shape[0] - 1) ** 0.5)
    if grid**2 + 1 != places.shape[0]:
        raise ExportProblem(f"The tower of {where} has {places.shape[0]} positions: no square and a class token.")
    numbers = {int(match[1]) for match in map(re.compile(r"encoder\.layers\.(\d+)\.").match, state) if match}
    channels = patches.shape[0]
    if channels % HEAD_CHANNELS != 0:
        raise ExportProblem(f"The tower of {where} has {channels} channels: heads of {HEAD_CHANNELS} do not fit.")
    return TowerSizes(patches.shape[-1], grid, channels, inner.shape[0], max(numbers))


def fitted_projector(state, family, sizes, where):
    """Width and number of queries are the checkpoint's; channels and grid must be the tower's."""
    what = f"the projector of {where}"
    if family == "mqt":
        queries, width = wanted(state, "query", 2, where).shape[0], wanted(state, "proj", 2, where).shape[1]
        return filled(Resampler(sizes.channels, width, sizes.grid, queries), state, what)
    return filled(MlpProjector(sizes.channels, wanted(state, "0.weight", 2, where).shape[0]), state, what)


def wanted(state, name, axes, where):
    if name not in state:
        raise ExportProblem(f'"{name}" is missing in {where}.')
    if state[name].dim() != axes:
        raise ExportProblem(f'"{name}" in {where} has the shape {list(state[name].shape)}: expected {axes} axes.')
    return state[name]


def filled(module, state, what):
    """The module with exactly these tensors: none missing, none left over, each of its shape."""
    own = module.state_dict()
    for words, names in (("misses", own.keys() - state.keys()), ("has the unknown", state.keys() - own.keys())):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise ExportProblem(f'{what} {words} "{min(names)}"{more}. Is --family right?')
    for name, tensor in own.items():
        if tensor.shape != state[name].shape:
            raise ExportProblem(f'"{name}" of {what} is {list(state[name].shape)}, expected {list(tensor.shape)}.')
    module.load_state_dict(state, strict=True)
    return module


def check_config(config, family, where):
    """That the checkpoint is used the one way that the graph knows, as far as its config says."""
    settled = {
        "mm_vision_select_layer": (-2,),
        "vision_feature_layer": (-2,),
        "mm_vision_select_feature": ("patch",),
        "vision_feature_select_strategy": ("default",),
        "projector_hidden_act": ("gelu",),
    }
    if family != "mqt":
        settled["mm_projector_type"] = ("mlp2x_gelu",)
    if "anyres" in str(config.get("image_aspect_ratio")):
        raise ExportProblem(f"{where} cuts pictures into tiles (anyres, LLaVA-NeXT): one square a picture is known.")
    check_fields(config, settled, where)


def check_vision(config, where):
    vision = config.get("vision_config", config)
    if isinstance(vision, dict):
        check_fields(vision, {"hidden_act": ("quick_gelu",)} if "patch_size" in vision else {}, where)


def check_fields(config, settled, where):
    for field, values in settled.items():
        found = config.get(field, values[0])
        if found not in values:
            raise ExportProblem(f'{where}/config.json has "{field}": {found!r}; only {values[0]!r} is known.')
