"""Control of the mock under `/_mock/`: state, time, usage, failures, snapshots, sandboxes.

`openapi.yaml` in this folder describes it and drives it, as the contract drives the mock. Most of it is
imported when the first request needs control.
"""
