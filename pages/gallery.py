"""Gallery: which children, and why?"""

from dashboard import frame, places, widgets
from dashboard.gallery import changes, controls, marking, opened, pointing, tiles
from dashboard.gallery.view import looked_at

run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run)
with widgets.calm():
    pictures = places.pictures_of(run)
    view = looked_at(run)
    row = opened.row_opened(view)
    if pictures is None or row is None:
        controls.kind_switch(run)
        if view.kind == "changes":
            changes.what_changes(view)
        controls.filters(view)
        tiles.show(view, pictures)
        marking.marks_to_save(view)
    else:
        opened.show_opened(view, pictures, row)
        if run.synthetic:
            with widgets.section("Do the heat maps point into the opacities?"):
                pointing.pointing(view)
