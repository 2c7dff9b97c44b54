"""The office's consumer 承办单位的接收程序: change what follows, the rest is done by the kit."""

from fuyuan_contracts.agency import Agency, Assignment

# receive=True: what comes counts as received 签收 at once; leave it out, and a person says so
agency = Agency.from_env(receive=True)


# One function a task (see contracts/README.md); a task without one waits for a person, who answers
# with the same calls from the office's own program, or: python -m fuyuan_contracts.agency list
@agency.on("tax_clearance")
async def clear(given: Assignment) -> None:
    """Accept it, and leave the rest to a person."""
    await given.accept(by="系统")


if __name__ == "__main__":
    agency.run()
