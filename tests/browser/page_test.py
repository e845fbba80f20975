#!/usr/bin/env python3
"""The status page in a browser: what a person sees of a controller that is at work against the double."""
import os
import sys

from browser import CHROMIUM, Browser
from scene import LONG, MARKUP, services, set_up
from world import World, skip_without_peers

STATES = {"synced": "synced", "orders": "synced", LONG: "synced", "drifted": "drifted", "traced": "drifted",
          "failed": "failed", "invalid": "invalid", "held": "held", "foreign": "held", "suspended": "suspended", "deploying": "deploying"}
ROWS = """Object.fromEntries([...document.querySelectorAll('#groups li')].map((row) =>
  [row.querySelector('h3').innerText, row.querySelector('.state').innerText]))"""


def button(name):
    return f"document.querySelector('[data-service=\"{name}\"]')"


def row(name):
    return f"{button(name)}.closest('li')"


def shows_every_service_with_its_state(page):
    page.wait("the services", "document.querySelector('#groups li') !== null")
    assert page.run(ROWS) == STATES, page.run(ROWS)
    titles = page.run("[...document.querySelectorAll('section')].map((part) => part.getAttribute('aria-label'))")
    assert titles == ["Needs attention", "Under way", "In sync", "Left alone"], titles
    assert page.run("document.title") == "(6) Driftless", page.run("document.title")
    assert page.run("document.getElementById('summary').innerText") == "11 services, 6 need attention"


def a_commit_message_is_text(page):
    assert page.run(f"{row('synced')}.querySelector('.message').innerText") == MARKUP
    assert page.run("document.querySelectorAll('img').length") == 0


def opens_by_keyboard_and_tells_what_to_do(page):
    page.run(f"{button('held')}.focus()")
    page.press("Enter", "\r")
    page.wait("the details", f"{row('held')}.querySelector('pre') !== null")
    said = page.run(f"{row('held')}.innerText")
    for words in ("driftless approve held", "! destroys data: Table", "KeySchema.0.AttributeName: id → key", MARKUP):
        assert words in said, f"{words!r} is not in {said!r}"
    assert page.run(f"{button('held')}.getAttribute('aria-expanded')") == "true"
    assert page.run(f"document.getElementById({button('held')}.getAttribute('aria-controls')) !== null")
    for name, words in {"foreign": "driftless adopt foreign", "suspended": "driftless resume suspended",
                        "failed": "driftless sync failed", "invalid": "Nothing was sent to AWS",
                        "drifted": "is 99, should be 30",
                        "traced": "stage production tracingEnabled\tis false, should be true"}.items():
        page.run(f"{button(name)}.click()")
        page.wait(f"the details of {name}", f"{row(name)}.innerText.includes({words!r})")
    page.run(f"{button('failed')}.click()")
    page.wait("failed to close", f"{button('failed')}.getAttribute('aria-expanded') === 'false'")


def keeps_focus_and_selection_over_a_reading(page):
    page.run(f"{button('held')}.focus()")
    page.run(f"""window.kept = {row('held')}.querySelector('pre');
                 getSelection().selectAllChildren(window.kept); window.wasRead = 0;
                 window.fetch = ((before) => (...words) => {{ window.wasRead++; return before(...words); }})(window.fetch)""")
    page.wait("two more readings", "window.wasRead > 20")
    assert page.run(f"{row('held')}.querySelector('pre') === window.kept")
    assert "destroys data" in page.run("String(getSelection())")
    assert page.run("document.activeElement.dataset.service") == "held"


def finds(page):
    page.press("/")
    assert page.run("document.activeElement.id") == "filter"
    page.type("SAYS-all us-east")
    assert page.run("Object.keys(%s)" % ROWS) == [LONG]
    page.type(" nothing like it")
    assert "No service fits." in page.run("document.body.innerText")
    page.press("Escape")
    assert page.run(ROWS) == STATES
    page.run("document.querySelector('[data-state=held]').click()")
    assert page.run(ROWS) == {"held": "held", "foreign": "held"}, page.run(ROWS)
    assert page.run("document.querySelector('[data-state=held]').getAttribute('aria-pressed')") == "true"
    page.run("document.querySelector('[data-state=held]').click()")
    assert page.run(ROWS) == STATES


def fits_every_width(page):
    for width in (1280, 420, 320):
        page.look(width)
        wide = page.run("document.documentElement.scrollWidth")
        assert wide <= width, f"at {width} pixels the page is {wide} wide"
    page.look(1280)


def every_name_is_readable_to_a_screen_reader(page):
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    named = {(node["role"]["value"], node.get("name", {}).get("value")) for node in tree if not node["ignored"]}
    for role, name in (("button", "failed"), ("heading", "Needs attention (6)"), ("searchbox", "Find a service"),
                       ("region", "In sync"), ("button", "2 held")):
        assert (role, name) in named, (role, name)
    nameless = [node for node in tree if not node["ignored"] and node["role"]["value"] in ("button", "searchbox", "region")
                and not node.get("name", {}).get("value")]
    assert not nameless, nameless


def tells_that_newer_commits_are_not_seen(page, repository):
    os.rename(repository.bare, repository.bare + "-away")
    page.wait("the trouble", f"{row('synced')}.innerText.includes('Newer commits are not seen: fetch ')")
    assert page.run(f"{row('synced')}.closest('section').getAttribute('aria-label')") == "Needs attention"
    assert page.run(f"{row('suspended')}.closest('section').getAttribute('aria-label')") == "Left alone"
    assert page.run(ROWS) == STATES
    os.rename(repository.bare + "-away", repository.bare)
    page.wait("the end of the trouble", f"!{row('synced')}.innerText.includes('Newer commits')")
    assert page.run("document.title") == "(6) Driftless", page.run("document.title")


def tells_when_the_controller_is_gone_and_when_it_is_back(page, controller):
    page.quiet = True  # the browser itself writes of every request that failed
    controller.stop()
    page.wait("the trouble", "!document.getElementById('trouble').hidden")
    said = page.run("document.getElementById('trouble').innerText")
    assert said.startswith("The controller does not answer."), said
    assert page.run(ROWS) == STATES
    controller.start()
    page.wait("the end of the trouble", "document.getElementById('trouble').hidden")
    page.quiet = False


def main():
    if not CHROMIUM:
        print("no chromium: apt-get install chromium")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    skip_without_peers()
    with World("double") as world, Browser() as page:
        controller = set_up(world)
        assert set(services()) == set(STATES)
        page.open(f"http://127.0.0.1:{controller.port}/")
        for check in (shows_every_service_with_its_state, a_commit_message_is_text, opens_by_keyboard_and_tells_what_to_do,
                      keeps_focus_and_selection_over_a_reading, finds, fits_every_width, every_name_is_readable_to_a_screen_reader):
            check(page)
            print(check.__name__.replace("_", " "))
        tells_that_newer_commits_are_not_seen(page, world.repository)
        tells_when_the_controller_is_gone_and_when_it_is_back(page, controller)
        assert not page.trouble, "\n".join(page.trouble)


if __name__ == "__main__":
    main()
