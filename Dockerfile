# fanql alone in an image, without a shell or a distribution:
#
#   docker build --tag fanql .
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/data" fanql query 'select 1'
#
# /data is its working folder: a fanql.yaml there is the config, if it belongs to root
# or to the user that fanql runs as, which is 65532 without --user. /tmp can be written to.
FROM golang:1.26-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends lld && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN make stripped && make image DESTDIR=/image

FROM scratch
COPY --from=build /image /
USER 65532:65532
ENV HOME=/home/fanql
WORKDIR /data
ENTRYPOINT ["/fanql"]
