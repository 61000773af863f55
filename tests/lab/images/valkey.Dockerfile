FROM scratch
COPY root/ /
ENV PATH=/usr/local/bin:/bin
WORKDIR /data
VOLUME /data
EXPOSE 6379
CMD ["valkey-server"]
