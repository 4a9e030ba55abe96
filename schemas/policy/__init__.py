"""The policy: everything a shop decides about retention, as data in one YAML file.

`model` says what a policy may contain, `load` reads and checks one, `default.yaml` ships with the
package.
"""

from schemas.policy.load import PolicyError, load_default_policy, load_policy, parse_policy
from schemas.policy.model import Policy

__all__ = ["Policy", "PolicyError", "load_default_policy", "load_policy", "parse_policy"]
