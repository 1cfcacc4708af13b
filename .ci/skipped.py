"""Print the files of the tests that were skipped, by a report of pytest in the form of xunit1."""

import sys
from xml.etree import ElementTree

tests = ElementTree.parse(sys.argv[1]).iter("testcase")
skipped = {test.attrib["file"] for test in tests if test.find("skipped") is not None}
print(*sorted(skipped), sep="\n")
