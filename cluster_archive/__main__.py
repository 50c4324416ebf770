"""python -m cluster_archive"""

from cluster_archive.cli import main

if __name__ == "__main__":
    main()
