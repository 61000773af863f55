uvicorn app.main:create_app --factory --host "$HOST" --port "$PORT" --timeout-graceful-shutdown 2 &
server=$!
trap 'touch "$TMPDIR/leaving"; sleep 1; kill -TERM $server' TERM
wait $server  # until SIGTERM has come
wait $server  # until the server has ended
status=$?
echo 'Night Owl is closed'
exit $status
