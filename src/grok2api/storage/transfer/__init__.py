"""From one store to another: what is carried, how it is copied, and how two stores are compared."""
