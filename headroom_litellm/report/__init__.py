"""What the plugin says about itself: counts, savings, health."""
