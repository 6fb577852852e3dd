"""The corpus: real sounds with words, materials, attributes and licences, in splits that never share a recording."""

from hobnail_trainer.corpus.build import Built, build_folder, build_recipe
from hobnail_trainer.corpus.folder import Folder
from hobnail_trainer.corpus.manifest import decode_manifest, encode_manifest, read_manifest, write_manifest
from hobnail_trainer.corpus.model import (
    CATEGORIES,
    MATERIALS,
    SPLITS,
    Attributes,
    Captions,
    Category,
    Clip,
    Header,
    Manifest,
    Material,
    Rejected,
    Source,
    Split,
)
from hobnail_trainer.corpus.notice import notice
from hobnail_trainer.corpus.recipe import Recipe, find_recipe, parse_recipe

__all__ = [
    "CATEGORIES",
    "MATERIALS",
    "SPLITS",
    "Attributes",
    "Built",
    "Captions",
    "Category",
    "Clip",
    "Folder",
    "Header",
    "Manifest",
    "Material",
    "Recipe",
    "Rejected",
    "Source",
    "Split",
    "build_folder",
    "build_recipe",
    "decode_manifest",
    "encode_manifest",
    "find_recipe",
    "notice",
    "parse_recipe",
    "read_manifest",
    "write_manifest",
]
