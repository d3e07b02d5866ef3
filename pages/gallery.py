"""Gallery: which children, and why?"""

from dashboard import frame, gateway, places, widgets
from dashboard.gallery import changes, controls, label_errors, marking, opened, pointing, tiles, worklist
from dashboard.gallery.view import looked_at

run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run)
with widgets.calm():
    view = looked_at(run)
    pictures = places.pictures_of(run, view.split)
    row = opened.row_opened(view)
    if pictures is None or row is None:
        controls.kind_switch(run)
        if view.kind == "changes":
            changes.what_changes(view)
        elif view.kind == "suspects":
            label_errors.ranking(view)
        controls.filters(view)
        tiles.show(view, pictures)
        worklist.save(view)
        marking.marks_to_save(view)
        if view.kind == "suspects":
            with widgets.section("Figures without images marked as label errors"):
                label_errors.without_label_errors(view)
        if run.checkpoint is not None:
            gateway.fetch_torch()
    else:
        opened.show_opened(view, pictures, row)
        if pictures.synthetic:
            with widgets.section("Do the heat maps point into the opacities?"):
                pointing.pointing(view, pictures)
