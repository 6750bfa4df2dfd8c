"""Control of the mock under `/_mock/`: state, time, usage, failures, snapshots, sandboxes.

`openapi.yaml` in this folder describes it and drives it, as the contract drives the mock. Only the journal is
imported before the first request needs control.
"""
