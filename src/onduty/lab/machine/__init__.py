"""Where the lab runs: its programs, directories, accounts, and the promise to leave nothing behind."""
