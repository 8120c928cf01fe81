"""Makes the reference arrays anew: what the real tools compute from the bundled recordings.

    tests/golden/make.sh [FAMILY ...]                 every environment that it takes, then this
    python tests/golden/make.py ENVIRONMENT [FAMILY ...]

A family is a module of `cases` or `grids`; none named means all that its environment can make.
"""

import importlib
import sys
import warnings

FAMILIES = {
    "torch": ["cases.librosa", "cases.torch", "cases.features", "cases.scipy", "cases.models", "grids.librosa", "grids.torch", "grids.scipy", "grids.transformers"],
    "tensorflow": ["cases.tensorflow", "grids.tensorflow"],
}


def main(environment, *asked):
    warnings.simplefilter("ignore")
    unknown = set(asked) - {name for names in FAMILIES.values() for name in names}
    if unknown:
        sys.exit(f"no family {', '.join(sorted(unknown))}; there are {FAMILIES}")
    for name in FAMILIES[environment]:
        if not asked or name in asked:
            importlib.import_module(name).make()


if __name__ == "__main__":
    main(*sys.argv[1:])
