"""834 files of invented people, for tests and benches: loops (INS) as lists of segments, wrapped with right numbers and counts."""


def loop(number, *segments, maintenance="021", ins="Y*18", **ins_elements):
    """A member's segments: INS with REF*0F, then what is given; ins_elements by number (_6="E", _12="20260401")."""
    places = [""] * 13
    for name, value in ins_elements.items():
        places[int(name[1:])] = value
    places[1:3] = ins.split("*")
    places[3] = maintenance
    return [("INS*" + "*".join(places[1:])).rstrip("*"), *([f"REF*0F*{number}"] if number else []), *segments]


def person(surname="INVENTED", given="ANA", birth="19700102", sex="F", phone="7145550100", street="1 MAIN ST", city="ANAHEIM", zip_code="92801",
           language="SPA"):
    return [f"NM1*IL*1*{surname}*{given}", f"PER*IP**TE*{phone}", f"N3*{street}", f"N4*{city}*CA*{zip_code}**CY*30", f"DMG*D8*{birth}*{sex}",
            f"LUI*LD*{language}**7"]


def coverage(begins, ends="", maintenance="021", line="HLT"):
    return [f"HD*{maintenance}**{line}", *([f"DTP*348*D8*{begins}"] if begins else []), *([f"DTP*349*D8*{ends}"] if ends else [])]


def head(date="20260401", control="000000007", action="2"):
    return [f"ISA*00*          *00*          *ZZ*PLANINVENTED   *ZZ*HANDOFF        *{date[2:]}*0830*^*00501*{control}*0*P*:",
            f"GS*BE*PLANINVENTED*HANDOFF*{date}*0830*7*X*005010X220A1", "ST*834*0001*005010X220A1", f"BGN*00*INVENTED-{date}*{date}*0830****{action}",
            "N1*P5*INVENTED PLAN*FI*000000000", "N1*IN*HANDOFF*FI*000000001"]


def tail(n_segments, control="000000007"):
    """`n_segments` from ST to the last loop."""
    return [f"SE*{n_segments + 1}*0001", "GE*1*7", f"IEA*1*{control}"]


def segments(loops, **header):
    body = head(**header) + [segment for one in loops for segment in one]
    return body + tail(len(body) - 2, header.get("control", "000000007"))


def text(loops, *, end="~\n", **header):
    return "".join(segment + end for segment in segments(loops, **header))
