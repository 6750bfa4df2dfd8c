"""Read values into the classes of generated Python models and write them back.

Usage: ``python roundtrip.py MODULE`` with an object of class names and values on standard input. It prints an object of
the same names and of what each class writes. A property that the class does not have is lost on the way.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any


def written(model: Any, value: Any) -> Any:
    """Read a value into a model and return the value that the model writes."""
    if hasattr(model, "to_json"):  # openapi-generator
        return json.loads(model.from_dict(value).to_json())
    if hasattr(model, "model_validate"):  # datamodel-code-generator
        return model.model_validate(value).model_dump(mode="json", exclude_unset=True)
    instance = model.from_dict(value)  # openapi-python-client
    forget_undeclared(instance)
    return instance.to_dict()


def forget_undeclared(instance: Any) -> None:
    """Remove the undeclared properties that openapi-python-client keeps in a model, at every depth."""
    if isinstance(instance, list):
        for item in instance:
            forget_undeclared(item)
    elif hasattr(instance, "additional_properties"):
        declared = [field.name for field in instance.__attrs_attrs__ if field.name != "additional_properties"]
        if declared:
            instance.additional_properties.clear()
        for name in declared:
            forget_undeclared(getattr(instance, name))


if __name__ == "__main__":
    sys.path.insert(0, ".")
    models = importlib.import_module(sys.argv[1])
    values = json.load(sys.stdin)
    json.dump({name: written(getattr(models, name), value) for name, value in values.items()}, sys.stdout)
