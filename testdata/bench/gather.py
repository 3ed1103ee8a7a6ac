# Queries servers that stand in for PostgreSQL, all at the same time, and prints their rows.
import asyncio, resource, struct, sys

port, servers, query = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def rows(reader):
    found = []
    while True:
        kind, size = struct.unpack("!ci", await reader.readexactly(5))
        body = await reader.readexactly(size - 4)
        if kind == b"D":
            found.append(body[6:].decode())
        elif kind == b"E":
            raise RuntimeError(body)
        elif kind == b"Z":
            return found


async def ask(address):
    reader, writer = await asyncio.open_connection(address, port)
    login = b"user\0bench\0database\0bench\0\0"
    writer.write(struct.pack("!ii", len(login) + 8, 3 << 16) + login)
    await rows(reader)
    text = query.encode() + b"\0"
    writer.write(b"Q" + struct.pack("!i", len(text) + 4) + text)
    found = await rows(reader)
    writer.write(b"X" + struct.pack("!i", 4))
    writer.close()
    await writer.wait_closed()
    return found


async def main():
    addresses = [f"127.0.{i // 250}.{i % 250 + 1}" for i in range(servers)]
    for found in await asyncio.gather(*map(ask, addresses)):
        print(*found, sep="\n")


asyncio.run(main())
