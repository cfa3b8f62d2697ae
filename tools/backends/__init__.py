"""What can film a shot: each file one backend behind :class:`tools.contract.VideoBackend`."""
