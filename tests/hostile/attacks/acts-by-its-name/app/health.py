def live():
    return 500, {"status": "dead"}
