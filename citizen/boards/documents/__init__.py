"""What the pages of the boards show, in the shapes of the components: for everybody, and for the desks."""
